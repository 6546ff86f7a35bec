-- Everything is observed and planned, nothing is changed.
obj.spec.suspend = true
return obj
