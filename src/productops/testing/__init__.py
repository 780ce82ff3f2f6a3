"""What connector authors and users need to test: loopback services, and faults to plant in them."""
