"""IAM in front of moto: what the monitor's role, as the template has it, allows and denies to each of its calls."""
