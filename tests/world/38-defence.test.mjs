// What the front door lets nobody do.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { test } from 'node:test'
import { origin, signUp } from './world.mjs'

const ca = readFileSync(process.env.NODE_EXTRA_CA_CERTS)

// ask(METHOD, PATH, {body, headers, ...}): the whole answer; fetch cannot choose where it comes from.
function ask(method, path, { body, headers = {}, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const req = https.request(`${origin}${path}`, { method, headers, ca, ...options }, (res) => {
      const got = []
      res.on('data', (data) => got.push(data))
      res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, text: Buffer.concat(got).toString() }))
    })
    req.on('error', reject)
    req.end(body)
  })
}

test('an address is the client\'s own, not nginx\'s, and nobody can claim another', async () => {
  const client = await signUp()
  for (const headers of [{}, { 'x-real-ip': '10.9.9.9', 'x-forwarded-for': '10.9.9.9' }]) {
    const answer = await ask('POST', '/api/v1/auth/login', {
      body: JSON.stringify({ email: client.email, password: client.password }),
      headers: { 'content-type': 'application/json', ...headers },
      localAddress: '127.0.0.9',
    })
    assert.equal(answer.status, 200, answer.text)
  }
  const { sessions } = await client.ok('GET', '/me/sessions')
  assert.deepEqual(sessions.map((one) => one.address).sort(), ['127.0.0.1', '127.0.0.9', '127.0.0.9'])
})
