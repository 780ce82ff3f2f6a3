"""What connector authors and users need to test: loopback services, faults, the contract."""
