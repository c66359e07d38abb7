"""Of a job run: its name, its settings, its closing report, and where its code lies."""
