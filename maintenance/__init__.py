"""Commands for those who maintain this repository, or start a project from it."""
