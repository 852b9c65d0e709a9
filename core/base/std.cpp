// Exists so that the precompiled header has an owner; it holds no code.
