"""HTTP as remote sources need it: bounded, patient, careful with addresses and tokens."""
