'use strict'
// In the host's network, where no name server of ours can be asked: leads the connections of this process to
// http://….aliyuncs.com to the emulated cloud. The proxy variable says where that is.
const net = require('net')

const proxy = process.env.http_proxy && new URL(process.env.http_proxy)
const connect = net.Socket.prototype.connect

function isOfTheCloud (host) {
  return typeof host === 'string' && /(^|\.)aliyuncs\.com\.?$/i.test(host)
}

net.Socket.prototype.connect = function (...given) {
  const options = Array.isArray(given[0]) ? given[0][0] : given[0]
  if (!proxy || !options || !isOfTheCloud(options.host)) return connect.apply(this, given)
  if (Number(options.port) !== 80) {
    const text = `localyun: ${options.host}:${options.port} is refused: name the endpoint with http://, and no port`
    process.nextTick(() => this.destroy(new Error(text)))
    return this
  }
  options.host = proxy.hostname.replace(/^\[|\]$/g, '')
  options.port = Number(proxy.port || 80)
  return connect.apply(this, given)
}
