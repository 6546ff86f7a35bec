-- Not absent: where git says false, that would be a difference.
obj.spec.suspend = false
return obj
