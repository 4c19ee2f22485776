//! Somebody at the desk of the staff's page in a real browser: signs in, fills forms, reads what comes.

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::bench::Bench;
use crate::browser::Browser;
use crate::desk::{one_time_code, registered, registered_as_qualified};

/// The desk in a browser of its own.
pub struct DeskBrowser {
    /// The browser.
    pub browser: Browser,
}

impl DeskBrowser {
    /// Opens the staff's page and goes to the sign-in.
    ///
    /// # Errors
    /// The page does not come.
    pub async fn before_sign_in(bench: &Bench) -> anyhow::Result<Self> {
        let mut browser = Browser::start(1280, 960).await?;
        let url = std::fs::read_to_string(bench.path("staff.url"))?;
        browser.open(url.trim()).await?;
        browser.tap("go-desk").await?;
        browser
            .wait_for("!!document.getElementById('sign-in')")
            .await?;
        Ok(Self { browser })
    }

    /// Registers somebody and signs them in.
    ///
    /// # Errors
    /// The account can't be made, or the page does not come.
    pub async fn as_clerk(bench: &Bench, name: &str) -> anyhow::Result<Self> {
        let password = registered(bench, name)?;
        let mut desk = Self::before_sign_in(bench).await?;
        desk.sign_in(name, &password).await?;
        Ok(desk)
    }

    /// Registers somebody qualified, signs them in and gives the second factor.
    ///
    /// # Errors
    /// The account can't be made, or a page does not come.
    pub async fn as_qualified(bench: &Bench, name: &str) -> anyhow::Result<Self> {
        let (password, address) = registered_as_qualified(bench, name)?;
        let mut desk = Self::before_sign_in(bench).await?;
        desk.sign_in(name, &password).await?;
        desk.go("/desk/second/none").await?;
        desk.give_code(&one_time_code(&address, bench)?).await?;
        desk.there("home").await?;
        Ok(desk)
    }

    /// Name and password, on the page that asks for them.
    ///
    /// # Errors
    /// The overview does not come.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> anyhow::Result<()> {
        self.fill(&[("name", name), ("password", password)]).await?;
        self.browser.tap("sign-in").await?;
        self.there("home").await
    }

    /// The second factor, on the page that asks for it.
    ///
    /// # Errors
    /// The button is not there.
    pub async fn give_code(&mut self, code: &str) -> anyhow::Result<()> {
        self.fill(&[("code", code)]).await?;
        self.browser.tap("give-code").await
    }

    /// Opens a page of the desk.
    ///
    /// # Errors
    /// It does not come.
    pub async fn go(&mut self, path: &str) -> anyhow::Result<()> {
        let to = Value::from(path);
        self.browser
            .evaluate(&format!("window.leaving = true; location.assign({to}); 0"))
            .await?;
        self.browser
            .wait_for(&format!(
                "!window.leaving && location.pathname === {to} && document.readyState === 'complete' && !!document.getElementById('content')"
            ))
            .await
            .with_context(|| path.to_owned())
    }

    /// Waits until an element is there.
    ///
    /// # Errors
    /// It does not come.
    pub async fn there(&mut self, id: &str) -> anyhow::Result<()> {
        self.browser
            .wait_for(&format!(
                "document.readyState === 'complete' && !!document.getElementById('{id}')"
            ))
            .await
    }

    /// Types into fields by their ids; a tick is `yes`.
    ///
    /// # Errors
    /// A field is not there, or does not take the value (a choice that is not offered, a day that is none).
    pub async fn fill(&mut self, fields: &[(&str, &str)]) -> anyhow::Result<()> {
        for (id, value) in fields {
            let (at, typed) = (Value::from(*id), Value::from(*value));
            let took = self
                .browser
                .evaluate(&format!(
                    "(() => {{ const field = document.getElementById({at}); if (!field) return false; \
                     if (field.type === 'checkbox') {{ field.checked = true; return true; }} \
                     field.value = {typed}; return field.value === {typed}; }})()"
                ))
                .await?;
            if took != Value::Bool(true) {
                bail!("`{id}` does not take `{value}`");
            }
        }
        Ok(())
    }

    /// Opens the page, fills a form of it and presses its button; the names are without the form's own. Waits for the next page.
    ///
    /// # Errors
    /// The form is not there, or no page follows.
    pub async fn send(
        &mut self,
        page: &str,
        form: &str,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<()> {
        self.go(page).await?;
        for (field, value) in fields {
            self.fill(&[(&format!("{form}-{field}"), value)]).await?;
        }
        self.browser.evaluate("window.leaving = true; 0").await?;
        self.browser.tap(&format!("send-{form}")).await?;
        self.browser
            .wait_for("!window.leaving && document.readyState === 'complete' && !!document.getElementById('content')")
            .await
    }

    /// Waits until the page says something.
    ///
    /// # Errors
    /// It does not.
    pub async fn says(&mut self, words: &str) -> anyhow::Result<()> {
        let words = Value::from(words);
        self.browser
            .wait_for(&format!("!!document.body?.innerText?.includes({words})"))
            .await
    }

    /// What the page says now.
    ///
    /// # Errors
    /// The browser does not answer.
    pub async fn text(&mut self) -> anyhow::Result<String> {
        let text = self.browser.evaluate("document.body.innerText").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// The path of the page.
    ///
    /// # Errors
    /// The browser does not answer.
    pub async fn path(&mut self) -> anyhow::Result<String> {
        let path = self.browser.evaluate("location.pathname").await?;
        Ok(path.as_str().unwrap_or_default().to_owned())
    }
}
