"""What a person at a terminal sees. Not in the Lambda artifact's way: rich is needed only here."""
