"""GGUF files as llama.cpp's converter and quantiser write them; `inspector.analyses.gguf.project` is the way in."""
