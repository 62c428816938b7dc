"""The diagnosis: from what failed and what AWS says to the cause, with its proof. Pure: a Run in, Findings out."""
