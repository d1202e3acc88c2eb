-- A kind of event more: who saw a message, where a source tells.
ALTER TABLE {database}.events {on_cluster}
    COMMENT COLUMN kind 'message_posted, message_edited, message_deleted, reaction_added, reaction_removed, message_seen, member_joined, member_left';
