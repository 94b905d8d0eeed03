import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** A certificate for these hosts, in a directory, that is trusted by those who are told of it. */
export function makeCertificate(directory: string, hosts: readonly string[]): { key: string; file: string } {
  const [key, file] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const names = hosts.map((host) => `DNS:${host}`).join(',')
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const subject = ['-subj', '/CN=forge', '-addext', `subjectAltName=${names}`]
  execFileSync('openssl', [...args, ...subject, '-keyout', key, '-out', file], { stdio: 'ignore' })
  return { key, file }
}
