-- Health of a DestructionApproval. One that did its work is no problem; one that approves nothing is.
local fine = {Accepted = true, Spent = true}

local status = obj.status or {}
if status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "The operator has not looked at this approval yet."}
end

for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Ready" then
    return {
      status = fine[condition.reason] and "Healthy" or "Degraded",
      message = condition.reason .. ": " .. (condition.message or ""),
    }
  end
end
return {status = "Progressing", message = "The operator has not said anything yet."}
