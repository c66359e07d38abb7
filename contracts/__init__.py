"""What both houses honour. Standard library only, and nothing of ours from outside this folder."""
