"""What each group of tensors is for: scopes, structures, components, parts."""
