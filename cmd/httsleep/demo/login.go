package demo

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"
)

// tokenLife is how long a token is good for unless the caller says otherwise.
const tokenLife = time.Hour

// login gives a token to the user demo with the password demo. The form field
// ttl shortens the token's life.
func (a *API) login(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("user") != "demo" || r.PostFormValue("password") != "demo" {
		fail(w, http.StatusForbidden, "wrong user or password: both are demo")
		return
	}
	life := tokenLife
	if text := r.PostFormValue("ttl"); text != "" {
		var err error
		if life, err = span(text, maxDuration); err != nil {
			fail(w, http.StatusBadRequest, "ttl: %v", err)
			return
		}
	}
	token := a.grant(life)
	http.SetCookie(w, &http.Cookie{
		Name: "session", Value: token, Path: "/private",
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	reply(w, http.StatusOK, map[string]any{"token": token, "expires_in": int(life.Seconds())})
}

// grant makes a token and forgets the oldest beyond the bound.
func (a *API) grant(life time.Duration) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	token := rand.Text()
	if a.tokens == nil {
		a.tokens = make(map[string]time.Time)
	}
	a.tokens[token] = time.Now().Add(life)
	a.history = append(a.history, token)
	if len(a.history) > maxTokens {
		delete(a.tokens, a.history[0])
		a.history = a.history[1:]
	}
	return token
}

// private lets a request pass that carries a good token, as a bearer or in the
// session cookie.
func (a *API) private(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if cookie, err := r.Cookie("session"); err == nil && token == "" {
			token = cookie.Value
		}
		if !a.knows(token) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			fail(w, http.StatusUnauthorized, "log in first: POST /login")
			return
		}
		next(w, r)
	}
}

// knows says whether a token is good now.
func (a *API) knows(token string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Now().Before(a.tokens[token])
}
