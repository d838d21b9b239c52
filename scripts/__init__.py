"""Scripts for those who build Stepscope."""
