"""Training of Sideband's models: audio in, safetensors out (see README.md)."""
