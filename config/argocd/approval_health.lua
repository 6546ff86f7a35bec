-- Health of a DestructionApproval. One that did its work is no problem; one that approves nothing is, and so is one whose
-- act was refused: what was approved did not happen.
local fine = {Accepted = true, Spent = true}

local status = obj.status or {}
if status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "The operator has not looked at this approval yet."}
end

local refused = false
for _, action in ipairs(status.actions or {}) do
  refused = refused or action.outcome == "Refused"
end

for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Ready" then
    local message = condition.reason .. ": " .. (condition.message or "")
    if refused then
      message = message .. " An act was refused: status.history of the object says why."
    end
    return {
      status = fine[condition.reason] and not refused and "Healthy" or "Degraded",
      message = message,
    }
  end
end
return {status = "Progressing", message = "The operator has not said anything yet."}
