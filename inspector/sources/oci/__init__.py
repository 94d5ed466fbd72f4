"""Weights packed in OCI artifacts and images: in a registry, in a layout folder, in the archive of docker save."""
