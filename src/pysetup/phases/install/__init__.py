"""Install: binary archives are put into an environment, and taken out again."""
