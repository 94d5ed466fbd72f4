"""Object storage: each store's library knows the address and the credentials, the bytes come over `network`."""
