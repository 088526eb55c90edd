package main

import (
	"net/url"
	"strings"

	"github.com/httsleep/httsleep"
)

// flagSecrets lists the secrets in the value of a flag that may carry one.
func flagSecrets(flag, value string) []string {
	switch flag {
	case "-u", "--user", "-U", "--proxy-user":
		_, password, _ := strings.Cut(value, ":")
		return []string{value, password}
	case "-E", "--cert":
		_, password, _ := strings.Cut(value, ":")
		return []string{password}
	case "-b", "--cookie":
		return cookieSecrets(value)
	case "-H", "--header", "--proxy-header":
		return headerSecrets(value)
	case "--pass", "--oauth2-bearer":
		return []string{value}
	}
	return nil
}

// cookieSecrets lists the secrets of a Cookie field.
func cookieSecrets(line string) []string {
	secrets := []string{line}
	for cookie := range strings.SplitSeq(line, ";") {
		_, value, _ := strings.Cut(cookie, "=")
		secrets = append(secrets, strings.TrimSpace(value))
	}
	return secrets
}

// headerSecrets lists the secrets of a header whose name sounds like one.
func headerSecrets(line string) []string {
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	if strings.EqualFold(strings.TrimSpace(name), "cookie") {
		return cookieSecrets(value)
	}
	if !httsleep.KeyLike(name) {
		return nil
	}
	_, credentials, _ := strings.Cut(value, " ")
	return []string{value, strings.TrimSpace(credentials)}
}

// urlSecrets lists the password and the key-like query values of a URL.
func urlSecrets(text string) []string {
	var secrets []string
	if at := strings.LastIndexByte(text, '@'); at > 0 {
		userinfo := text[strings.LastIndexByte(text[:at], '/')+1 : at]
		_, password, _ := strings.Cut(userinfo, ":")
		secrets = append(secrets, password)
	}
	_, query, _ := strings.Cut(text, "?")
	values, _ := url.ParseQuery(query)
	for name, list := range values {
		if httsleep.KeyLike(name) {
			secrets = append(secrets, list...)
		}
	}
	return secrets
}
