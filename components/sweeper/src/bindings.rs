//! The world of a component that Spin's cron trigger calls.

#![allow(missing_docs, reason = "generated")]

wit_bindgen::generate!({
    inline: r#"
        package spin:cron@3.0.0;

        interface cron-types {
            record metadata {
                timestamp: u64,
            }

            variant error {
                other(string),
            }
        }

        world spin-cron {
            use cron-types.{metadata, error};
            export handle-cron-event: async func(metadata: metadata) -> result<_, error>;
        }
    "#,
    pub_export_macro: true,
});
