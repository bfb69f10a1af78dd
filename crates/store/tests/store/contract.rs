//! What every store does, whatever database is below.

mod identity;
mod installations;
mod reading;
mod removal;
mod retention;
mod runtime;
mod writing;

/// Makes a test of each case on each database.
macro_rules! on_both {
    ($($topic:ident { $($case:ident)* })*) => {
        mod sqlite {
            $($(#[tokio::test]
            async fn $case() {
                let folder = tempfile::tempdir().unwrap();
                let store = crate::sqlite_file::open(&folder.path().join("store.db")).await;
                super::$topic::$case(crate::fixtures::Scene::alone(store).await).await;
            })*)*
        }
        mod postgres {
            $($(#[tokio::test]
            async fn $case() {
                let database = crate::postgres_server::database().await;
                super::$topic::$case(database.scene().await).await;
            })*)*
        }
    };
}

on_both! {
    identity {
        an_identity_is_minted_once_and_kept
        objects_that_differ_in_anything_have_different_ids
        the_first_tenant_key_put_stays
        a_key_put_after_its_tenant_was_loaded_reaches_readers
        a_tenant_is_in_service_while_it_has_a_row
    }
    writing {
        what_was_written_comes_back
        equal_inputs_write_nothing
        changed_inputs_take_the_next_revision
        an_earlier_generation_is_stale
        the_same_generation_with_other_inputs_is_written
        another_incarnation_starts_over
        a_slug_belongs_to_whoever_came_first
        a_tenant_may_change_its_slug
        a_row_of_a_missing_tenant_is_refused
        an_id_that_was_not_minted_is_refused
        a_key_belongs_to_one_object
        the_rows_of_a_key_object_become_exactly_those_given
        an_object_without_keys_has_no_rows
        a_definition_belongs_to_one_installation
        a_deposed_writer_can_do_nothing
        a_writer_cannot_write_for_another_installation
        the_database_answers_a_ping
    }
    removal {
        a_removed_object_leaves_a_tombstone
        a_deleted_tenant_loses_its_connectors_and_keys
        rows_of_another_incarnation_are_left_alone
        removing_nothing_takes_no_revision
        a_slug_is_free_after_its_tenant_went
        the_sweep_sees_the_objects_of_its_own_installation
    }
    retention {
        a_removed_tenants_data_goes_after_seven_days
        a_tenant_that_is_not_retained_loses_its_data_at_once
        a_recreated_tenant_finds_its_data
        a_tombstone_goes_after_a_day_and_older_readers_load_all
        a_key_rotated_away_is_forgotten_a_day_after_the_next_purge
        a_late_report_of_a_removed_connector_is_purged
    }
    reading {
        a_delta_holds_only_what_changed
        a_reader_who_knows_everything_gets_nothing
        the_operator_reads_back_its_keys_and_definitions
        a_recreated_object_is_an_upsert_and_not_a_removal
        a_reader_ahead_of_the_database_loads_all
        the_revision_is_announced
        a_snapshot_is_of_one_revision_while_others_write
    }
    installations {
        a_reader_sees_only_the_rows_of_its_installation
        a_delta_holds_only_changes_of_its_installation
        a_delta_that_holds_nothing_moves_the_revision
        a_removal_is_told_to_its_own_installation
        a_removal_is_told_even_if_another_installation_took_the_name
        a_row_of_another_installations_tenant_is_refused
    }
    runtime {
        a_replica_is_seen_until_it_is_silent
        a_retired_replica_is_gone
        a_replica_silent_for_an_hour_is_purged
        the_latest_discovery_counts
        a_discovery_of_an_older_row_does_not_replace_a_newer_one
        a_discovery_of_a_missing_connector_is_dropped
        discoveries_are_found_by_time
    }
}
