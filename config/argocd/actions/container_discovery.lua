-- For containers, which are suspended with their manager.
return {reconcile = {}}
