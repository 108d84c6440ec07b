--- What a method does to the store, and so how a lost reply is dealt with.
local M = {}

---@alias heph.MethodKind 'read'|'mutation'|'bulk'

--- The methods that change the store. A test compares them with the protocol's reference.
local MUTATIONS = {}
for name in
  ([[
  attachment.commit attachment.delete conflict.restore context.delete context.set field.add field.delete
  import.batch item.promote journal.capture node.delete node.restore page.new page.rename page.revert
  page.save redo review.mark settings.set settings.unset task.add task.bulk task.defer task.duplicate
  task.form_save task.log task.modify task.move task.pin task.sub task.transition task.wait time.add
  time.delete time.edit undo view.delete view.save
  ]]):gmatch('%S+')
do
  MUTATIONS[name] = true
end

--- Long ones, without a deadline of their own here.
local BULK = {}
for name in
  ([[
  attachment.begin attachment.write auth.login auth.logout auth.wait conflict.dismiss context.use hub.quota
  hub.revoke store.backup store.check store.restore_begin store.restore_commit store.restore_write sync.check
  sync.devices sync.discard sync.join sync.now sync.preview sync.retry sync.revoke update.check update.run
  ]]):gmatch('%S+')
do
  BULK[name] = true
end

---@param method string
---@return heph.MethodKind
function M.kind(method)
  return MUTATIONS[method] and 'mutation' or BULK[method] and 'bulk' or 'read'
end

return M
