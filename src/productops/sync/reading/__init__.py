"""What both sides show: names resolved, changes taken in, absences told apart."""
