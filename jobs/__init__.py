"""The thin shell: commands, schedule, wiring, demo."""
