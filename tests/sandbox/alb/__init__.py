"""The load balancers: moto describes them, this front end carries their traffic."""
