// @tutti/messaging/faults/member
