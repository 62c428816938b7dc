"""The AWS side: moto as the control plane, and what moto cannot show by itself."""
