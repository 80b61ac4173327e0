// @tutti/saga/faults/world
