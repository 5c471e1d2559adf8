#include "db/sqlite/tables.h"

namespace jawort {

Status SqliteBlockedPostTable::add(const BlockedPostRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "INSERT INTO blocked_post (day, form, reason, posts) VALUES (?, ?, ?, ?)"
          " ON CONFLICT (day, form, reason) DO UPDATE SET posts = blocked_post.posts + "
          "excluded.posts")
        .run(row.day, row.form, row.reason, row.posts);
    return {};
  });
}

Result<std::vector<BlockedPostRow>> SqliteBlockedPostTable::since(std::string_view day) const {
  return connection_.guarded([&]() -> Result<std::vector<BlockedPostRow>> {
    Query query(connection_,
                "SELECT day, form, reason, posts FROM blocked_post WHERE day >= ?"
                " ORDER BY day, form, reason");
    query.bind(day);
    std::vector<BlockedPostRow> rows;
    while (query.step()) {
      BlockedPostRow row;
      row.day = query.text();
      row.form = query.text();
      row.reason = query.text();
      row.posts = query.integer();
      rows.push_back(std::move(row));
    }
    return rows;
  });
}

}  // namespace jawort
