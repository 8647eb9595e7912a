"""One module per way of doing the main job, each with `run(source, target, rejects)`.

Importing such a module imports the library it is about, and that is not timed; `run` is.
"""
