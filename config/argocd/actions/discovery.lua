-- For kinds that can be suspended.
local actions = {reconcile = {}}
actions[obj.spec.suspend and "resume" or "suspend"] = {}
return actions
