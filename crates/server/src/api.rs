pub(crate) fn routes(_app: &crate::app::App) -> axum::Router<crate::app::App> {
    axum::Router::new()
}
