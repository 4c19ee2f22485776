//! Every screen of both pages, to look at: `cargo run -p kiosk --example gallery [PORT]`.
//!
//! `http://127.0.0.1:PORT/` lists them; `/show/NAME?lang=en` shows one. The pages are the real ones behind their real gates;
//! only what the daemon would tell them is written down here.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

mod camera;
mod screens;
mod staff;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use kiosk::patient::{PatientConfig, PatientPort, Screen};
use kiosk::staff::{StaffConfig, StaffPort, StaffState};
use kiosk::{Credential, Lang, ScreenSize};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

#[derive(Clone)]
struct Gallery {
    screen: watch::Sender<Screen>,
    state: watch::Sender<StaffState>,
    patient: (Credential, u16),
    staff: (Credential, u16),
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let port: u16 = args
        .next()
        .and_then(|port| port.parse().ok())
        .unwrap_or(8790);
    let size = args
        .next()
        .and_then(|px| px.parse().ok())
        .map_or_else(ScreenSize::default, |px| ScreenSize::new(px).unwrap());
    let simulated = std::env::var_os("GALLERY_REAL").is_none();

    let (frame, frames) = watch::channel(None);
    tokio::spawn(camera::run(frame));
    let (input, mut pressed) = mpsc::channel(16);
    tokio::spawn(async move {
        while let Some(press) = pressed.recv().await {
            println!("pressed {press:?}")
        }
    });
    let (screen, screens) = watch::channel(screens::all()[0].1.clone());
    let patient = Credential::generate().unwrap();
    let patient_port = serve(kiosk::patient::router(
        PatientPort {
            screen: screens,
            frames,
            input,
        },
        PatientConfig {
            credential: patient.clone(),
            simulated,
            size,
        },
    ))
    .await;

    let (requests, asked) = mpsc::channel(4);
    tokio::spawn(staff::answer(asked));
    let (state, states) = watch::channel(staff::all()[0].1.clone());
    let credential = Credential::generate().unwrap();
    let staff_port = serve(kiosk::staff::router(
        StaffPort {
            state: states,
            requests,
        },
        StaffConfig {
            credential: credential.clone(),
            simulated,
            size: ScreenSize::new(3.8).unwrap(),
        },
    ))
    .await;

    let gallery = Gallery {
        screen,
        state,
        patient: (patient, patient_port),
        staff: (credential, staff_port),
    };
    let router = Router::new()
        .route("/", get(index))
        .route("/show/{name}", get(show))
        .with_state(Arc::new(gallery));
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    println!("http://{}/", listener.local_addr().unwrap());
    kiosk::serve(listener, router, std::future::pending())
        .await
        .unwrap();
}

async fn serve(router: Router) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(kiosk::serve(listener, router, std::future::pending()));
    port
}

async fn index() -> Html<String> {
    let names = screens::all()
        .into_iter()
        .map(|(name, _)| name)
        .chain(staff::all().into_iter().map(|(name, _)| name));
    Html(names.map(|name| format!("<li>{name}: <a href='/show/{name}'>ja</a> <a href='/show/{name}?lang=en'>en</a>\n")).collect())
}

async fn show(
    State(gallery): State<Arc<Gallery>>,
    Path(name): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let (credential, port) = if let Some((_, screen)) =
        screens::all().into_iter().find(|(known, _)| *known == name)
    {
        let lang = if query.get("lang").is_some_and(|lang| lang == "en") {
            Lang::En
        } else {
            Lang::Ja
        };
        gallery.screen.send_replace(Screen { lang, ..screen });
        &gallery.patient
    } else if let Some((_, state)) = staff::all().into_iter().find(|(known, _)| *known == name) {
        gallery.state.send_replace(state);
        &gallery.staff
    } else {
        return StatusCode::NOT_FOUND.into_response();
    };
    Redirect::to(&format!(
        "http://127.0.0.1:{port}/?s={}",
        credential.issue().unwrap().as_str()
    ))
    .into_response()
}
