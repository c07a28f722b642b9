import assert from 'node:assert/strict';

/** A person with a browser: cookies, and the page's way of talking to the API. */
export class Person {
  constructor(address) { this.address = address; this.cookies = new Map(); }

  static async signIn(address, userName) {
    const person = new Person(address);
    const session = await person.api('POST', 'session', { userName, password: 'Demo-2026!' });
    person.csrf = session.csrfToken;
    person.user = session.user;
    return person;
  }

  async fetch(path, init = {}) {
    const headers = { Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '), ...init.headers };
    const response = await fetch(new URL(path, this.address), { redirect: 'manual', ...init, headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [name, ...value] = cookie.split(';')[0].split('=');
      this.cookies.set(name, value.join('='));
    }
    return response;
  }

  async api(method, path, body) {
    const response = await this.fetch(`/api/v1/${path}`, { method, body: body && JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...(this.csrf && { 'X-CSRF-Token': this.csrf }) } });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path} answered ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** Follows an authorization request through the page and answers it; gives the address of the application the browser is sent to. */
  async consent(authorizationUrl, approved = true) {
    const answer = await this.fetch(authorizationUrl, { headers: { Accept: 'text/html' } });
    assert.equal(answer.status, 303);
    const page = new URL(answer.headers.get('location'), this.address);
    assert.equal(page.pathname, '/authorize');
    const { redirectTo } = await this.api('POST', 'authorizations/answer', { request: page.searchParams.get('request'), approved });
    return new URL(redirectTo);
  }
}

/** Registers a client as the administrator does. */
export const register = async (address, members, secret = true) => {
  const admin = await Person.signIn(address, 'admin');
  const client = await admin.api('POST', 'clients', { name: 'Outsider', role: 'admin', ...members });
  return { ...client, secret: secret ? (await admin.api('POST', `clients/${client.id}/secrets`, {})).secret : undefined };
};
