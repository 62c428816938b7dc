"""The fleet's state machine, executed by moto's interpreter over many targets in this process."""
