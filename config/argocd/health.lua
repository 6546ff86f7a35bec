-- Health of every kind of cckm.dev but DestructionApproval. It agrees with kstatus, except that what only waits for
-- somebody's word is Suspended: nothing is broken then.
local waits_for_somebody = {AwaitingApproval = true, ApprovalStale = true, WaitingForSuccessor = true}

local status = obj.status or {}
if status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "The operator has not looked at this generation yet."}
end

local of = {}
for _, condition in ipairs(status.conditions or {}) do
  of[condition.type] = condition
end

local function health(name, condition)
  return {status = name, message = condition.reason .. ": " .. (condition.message or "")}
end

if of.Stalled and of.Stalled.status == "True" then
  return health(waits_for_somebody[of.Stalled.reason] and "Suspended" or "Degraded", of.Stalled)
elseif of.Reconciling and of.Reconciling.status == "True" then
  return health("Progressing", of.Reconciling)
elseif not of.Ready then
  return {status = "Progressing", message = "The operator has not said anything yet."}
elseif of.Ready.status == "True" then
  return health("Healthy", of.Ready)
elseif of.Ready.reason == "Suspended" then
  return health("Suspended", of.Ready)
end
return health("Progressing", of.Ready)
