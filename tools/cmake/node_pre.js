// Emscripten 3.1.6 takes a global fetch for a sign of a browser; newer nodes have one too.
globalThis.fetch = undefined;
