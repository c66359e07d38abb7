"""About a job run: its name, arguments, Spark settings and closing report, the places in S3, and the EMR release."""
