"""The command line: words in, one workflow called, a result printed."""
