"""The process that runs a Python handler.

It speaks frames with the host over one inherited descriptor: `u32 header length, u32 body length` (big endian), a
JSON header, a raw body. The host sends `init` once, `invoke` per event, `http` per request over HTTP that the handler
answers itself, and `pass` for each stage of an instance's life that the function has a program for; this side answers
`ready`, `result` and `answer`.

The syntax stays within Python 3.6 and only the standard library is used. What a handler may never ask for is imported
late: every millisecond here is a millisecond of every cold start.
"""
import json
import os
import signal
import sys
import time
from _thread import get_ident
from importlib.machinery import (
    BYTECODE_SUFFIXES, EXTENSION_SUFFIXES, SOURCE_SUFFIXES,
    ExtensionFileLoader, FileFinder, SourceFileLoader, SourcelessFileLoader)


HOME = os.path.dirname(os.path.abspath(__file__))


class State:
    """What is true of this process: one function, one request at a time."""
    control = -1
    function = {}
    network = {}
    debug = None
    withheld = {}
    code = ''
    layers = ''
    pycache = ''
    request_id = ''
    handler = None


# ---- frames ---------------------------------------------------------------------------------------------------------

def read_exactly(count):
    """Reads `count` bytes, or None when the host has closed its end."""
    chunks = []
    while count:
        chunk = os.read(State.control, min(count, 1 << 20))
        if not chunk:
            return None
        chunks.append(chunk)
        count -= len(chunk)
    return b''.join(chunks)


def receive():
    """The next frame as (header, body), or None when the host is gone."""
    lengths = read_exactly(8)
    if lengths is None:
        return None
    header = read_exactly(int.from_bytes(lengths[:4], 'big'))
    body = read_exactly(int.from_bytes(lengths[4:], 'big'))
    if header is None or body is None:
        return None
    return json.loads(header.decode('utf-8')), body


def send(header, body=b''):
    header = json.dumps(header).encode('utf-8')
    write_all(State.control, len(header).to_bytes(4, 'big') + len(body).to_bytes(4, 'big') + header)
    write_all(State.control, body)


def write_all(descriptor, data):
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view):]


# ---- the context ----------------------------------------------------------------------------------------------------

class Record:
    """Plain attributes, with the JSON names that `to_json` gives them."""

    def __init__(self, names, values):
        self._names = names
        for attribute in names:
            setattr(self, attribute, values[attribute])

    def __repr__(self):
        return '%s(%s)' % (type(self).__name__, ', '.join(self._names))

    def to_json(self):
        return {json_name: getattr(self, attribute) for attribute, json_name in self._names.items()}


class Credentials(Record):
    NAMES = {
        'access_key_id': 'accessKeyId',
        'access_key_secret': 'accessKeySecret',
        'security_token': 'securityToken',
    }

    def __init__(self, values):
        Record.__init__(self, self.NAMES, values)

    accessKeyId = property(lambda self: self.access_key_id)
    accessKeySecret = property(lambda self: self.access_key_secret)
    securityToken = property(lambda self: self.security_token)


FUNCTION_NAMES = {'name': 'name', 'handler': 'handler', 'memory': 'memory', 'timeout': 'timeout'}
SERVICE_NAMES = {
    'name': 'name', 'log_project': 'logProject', 'log_store': 'logStore',
    'qualifier': 'qualifier', 'version_id': 'versionId',
}
TRACING_NAMES = {
    'span_context': 'spanContext', 'jaeger_endpoint': 'jaegerEndpoint', 'span_baggages': 'spanBaggages',
}


class ReducedContext:
    """What python3.12 gives a handler: no credentials, no service, no tracing."""

    def __init__(self, request):
        function = State.function
        self.request_id = request['request_id']
        self.function = Record(
            {name: name for name in ('name', 'handler', 'memory', 'timeout', 'version_id', 'qualifier')}, function)
        self.region = function['region']
        self.account_id = function['account_id']
        self.log_project = function['log_project']
        self.log_store = function['log_store']

    @property
    def logger(self):
        import logging
        return logging.getLogger()


class ClassicContext:
    """What python3 (3.6), python3.9 and python3.10 give a handler."""

    def __init__(self, request):
        function = State.function
        self.request_id = request['request_id']
        self.credentials = Credentials(request['credentials'])
        self.function = Record(FUNCTION_NAMES, function)
        self.service = Record(SERVICE_NAMES, dict(function, name=function['service']))
        self.region = function['region']
        self.account_id = function['account_id']
        self.retry_count = request['retry_count']
        self.tracing = Record(TRACING_NAMES, dict(
            request['tracing'], span_baggages=baggages(request['tracing']['span_baggages'])))

    requestId = property(lambda self: self.request_id)

    @property
    def logger(self):
        import logging
        return logging.getLogger()

    def getLogger(self):
        return self.logger

    def to_json(self):
        return {
            'requestId': self.request_id,
            'credentials': self.credentials.to_json(),
            'function': self.function.to_json(),
            'service': self.service.to_json(),
            'region': self.region,
            'accountId': self.account_id,
            'retryCount': self.retry_count,
            'tracing': self.tracing.to_json(),
        }


def baggages(encoded):
    """Base64 of a JSON object; anything else counts as none."""
    if not encoded:
        return {}
    import base64
    try:
        decoded = json.loads(base64.b64decode(encoded).decode('utf-8'))
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


# ---- results and failures -------------------------------------------------------------------------------------------

class Refused(Exception):
    """A failure that has its own errorType, and a stack trace made by hand or none at all."""

    def __init__(self, error_type, message, stack=None):
        Exception.__init__(self, message)
        self.error_type = error_type
        self.stack = stack


def to_body(value):
    """The bytes of a handler's answer, and how they came about."""
    if isinstance(value, str):
        return 'raw', value.encode('utf-8')
    if isinstance(value, bytes):
        return 'raw', bytes(value)
    return 'json', json.dumps(value, indent=4, sort_keys=True, default=to_plain).encode('utf-8')


def to_plain(value):
    """JSON for what json itself does not know. A module that was never imported has no values either."""
    to_json = getattr(value, 'to_json', None)
    if callable(to_json):
        return to_json()
    decimal = sys.modules.get('decimal')
    if decimal is not None and isinstance(value, decimal.Decimal):
        return float(value)
    datetime = sys.modules.get('datetime')
    if datetime is not None and isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError('Object of type %s is not JSON serializable' % type(value).__name__)


def failure(error):
    """The error object of an exception that left the handler or its module."""
    if isinstance(error, Refused):
        answer = {'errorMessage': str(error), 'errorType': error.error_type}
        if error.stack is not None:
            answer['stackTrace'] = error.stack
        return answer
    return {'errorMessage': message_of(error), 'errorType': type(error).__name__, 'stackTrace': frames_of(error)}


def message_of(error):
    try:
        return str(error)
    except Exception:
        return 'the message of this exception cannot be made: its __str__ fails'


def frames_of(error):
    """The frames of user code and what it called, outermost first, each as four strings."""
    import traceback
    return [
        ['File "%s"' % shown(frame[0]), 'line %s' % frame[1], 'in %s' % frame[2], frame[3] or '']
        for frame in traceback.extract_tb(error.__traceback__)
        if frame[0] != __file__ and not frame[0].startswith('<frozen importlib')
    ]


def shown(path):
    """A file of the code or of a layer under the name that it has in the cloud."""
    for folder, name in ((State.code, '/code/'), (State.layers, '/opt/')):
        if folder and path is not None and path.startswith(folder + os.sep):
            return name + path[len(folder) + 1:]
    return path


# ---- requests over HTTP: the handler is a WSGI application (PEP 3333) ---------------------------------------------------

# The most characters that the names and values of an answer's headers have together. The service takes fewer.
MOST_OF_HEADERS = 16384


def environment(http, body, context):
    """The environment of the process, and what there is to know of the request."""
    import io
    from urllib.parse import unquote_to_bytes
    headers = {}
    for name, value in http['headers']:
        key = 'HTTP_' + name.upper().replace('-', '_')
        joint = '; ' if key == 'HTTP_COOKIE' else ','
        headers[key] = headers[key] + joint + value if key in headers else value
    headers.pop('HTTP_CONTENT_LENGTH', None)
    return dict(os.environ, CONTENT_TYPE=headers.pop('HTTP_CONTENT_TYPE', ''), **dict(headers, **{
        'REQUEST_METHOD': http['method'],
        'SCRIPT_NAME': '',
        'PATH_INFO': unquote_to_bytes(http['path']).decode('latin-1'),
        'QUERY_STRING': http['query'],
        'CONTENT_LENGTH': str(len(body)),
        'REMOTE_ADDR': http['source'],
        'SERVER_NAME': 'FCRUNTIME',
        'SERVER_SOFTWARE': 'FCRUNTIME',
        'SERVER_PORT': '9000',
        'SERVER_PROTOCOL': http['protocol'],
        'wsgi.version': (1, 0),
        'wsgi.url_scheme': 'http',
        'wsgi.input': io.BytesIO(body),
        'wsgi.errors': sys.stderr,
        'wsgi.multithread': False,
        'wsgi.multiprocess': False,
        'wsgi.run_once': False,
        'fc.context': context,
        'fc.request_uri': http['uri'],
    }))


def respond(handler, variables):
    """Runs the application: status, headers and body of what it answers."""
    started, written = [], []

    def start_response(status, headers, exc_info=None):
        if started and exc_info is None:
            raise RuntimeError('start_response was called before')
        started[:] = [int(status.split(' ', 1)[0]), checked(headers)]
        return written.append

    result = handler(variables, start_response)
    try:
        written.extend([result] if isinstance(result, bytes) else result)
    finally:
        if hasattr(result, 'close'):
            result.close()
    if not started:
        raise RuntimeError('the handler has not called start_response')
    status, headers = started
    if not 200 <= status <= 999:
        raise ValueError('%d is no status of an answer' % status)
    return status, headers, b''.join(written)


def checked(headers):
    """The pairs of an answer, or an error that says which cannot be one."""
    pairs = [(name, value) for name, value in headers]
    for name, value in pairs:
        legal = name and all('!' <= c <= '~' and c not in '"(),/:;<=>?@[\\]{}' for c in name)
        if not legal or any(c != '\t' and not ' ' <= c <= '\xff' or c == '\x7f' for c in value):
            raise ValueError('%r: %r is no header of an answer' % (name, value))
    size = sum(len(name) + len(value) for name, value in pairs)
    if size > MOST_OF_HEADERS:
        raise Refused('BadResponse', 'The headers of the answer have %d bytes' % size)
    return pairs


# ---- the handler ----------------------------------------------------------------------------------------------------

def find_handler(setting):
    """Imports the module and finds the function. A failure is tried again by the next request."""
    file_part, dot, function_name = setting.rpartition('.')
    if not dot or not file_part or not function_name:
        raise Refused('InvalidHandleName', "Invalid handler '%s'" % setting)
    module = import_module(file_part)
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Refused('HandlerNotFound', "Handler '%s' is missing on module '%s'" % (function_name, file_part))


def import_module(file_part):
    name = file_part[2:] if file_part.startswith('./') else file_part
    name = name.replace('/', '.')
    for finder in sys.path_importer_cache.values():
        if hasattr(finder, 'invalidate_caches'):
            finder.invalidate_caches()
    try:
        __import__(name)
        return sys.modules[name]
    except ImportError as error:
        raise Refused(
            'ImportModuleError', "Unable to import module '%s'" % file_part,
            ['%s: %s' % (type(error).__name__, message_of(error))])
    except SyntaxError as error:
        raise Refused('UserCodeSyntaxError', "Syntax error in module '%s'" % file_part, [
            'File "%s"' % shown(error.filename), 'line %s' % error.lineno,
            (error.text or '').strip(), '%s: %s' % (type(error).__name__, error.msg)])
    except Exception as error:
        raise Refused('UserCodeError', 'Module initialization error: %s' % message_of(error), frames_of(error))


class CodeLoader(SourceFileLoader):
    """Loads the user's modules without leaving compiled files among them.

    Only theirs: a prefix for the whole process would also ignore the compiled files of the standard library.
    """

    def get_code(self, fullname):
        before = getattr(sys, 'pycache_prefix', None)
        sys.pycache_prefix = State.pycache
        try:
            return SourceFileLoader.get_code(self, fullname)
        finally:
            sys.pycache_prefix = before

    def set_data(self, path, data, **options):
        if sys.version_info >= (3, 8):
            SourceFileLoader.set_data(self, path, data, **options)


def code_finder(path):
    if not any(folder and (path == folder or path.startswith(folder + os.sep))
               for folder in (State.code, State.layers)):
        raise ImportError('neither in the code directory nor in a layer', path=path)
    return FileFinder(
        path, (ExtensionFileLoader, EXTENSION_SUFFIXES), (CodeLoader, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES))


# ---- modules that need a word before user code has them ---------------------------------------------------------------

class AfterImport:
    """Runs something right after a module was loaded for the first time, so that nobody pays who does not use it."""

    def __init__(self, actions):
        self.actions = actions
        for name in list(actions):
            if name in sys.modules:
                actions.pop(name)(sys.modules[name])
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        action = self.actions.pop(name, None)
        if action is None:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not self else None
            if spec is not None:
                load = spec.loader.exec_module

                def exec_module(module):
                    load(module)
                    action(module)

                spec.loader.exec_module = exec_module
                return spec
        return None


def prepare_logging(logging):
    class Line(logging.Formatter):
        converter = time.gmtime

        def format(self, record):
            record.request_id = State.request_id
            return logging.Formatter.format(self, record)

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Line(
        '%(asctime)s.%(msecs)03dZ %(request_id)s [%(levelname)s] %(message)s', '%Y-%m-%dT%H:%M:%S'))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)


def log_failure(answer):
    now = time.time()
    stamp = '%s.%03dZ' % (time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now)), int(now * 1000) % 1000)
    write_all(2, ('%s %s [ERROR] %s\n' % (stamp, State.request_id, json.dumps(answer))).encode('utf-8'))


# ---- the network ----------------------------------------------------------------------------------------------------

class NotReachable(OSError):
    """The emulator does not answer for this address, and a function may reach nothing else."""


def prepare_socket(socket):
    """Names of the cloud lead to the emulator, other hosts are refused. This is guidance for honest programs: code
    that uses `_socket` or system calls gets around it."""
    import _socket
    emulator_host, emulator_port = State.network['host'], State.network['port']
    server_host, server_port = State.network['server'] or (emulator_host, emulator_port)
    allow_others = State.network['allow_other_hosts']
    resolve, resolve_name, resolve_name_ex = _socket.getaddrinfo, _socket.gethostbyname, _socket.gethostbyname_ex
    resolve_address, own_name = _socket.gethostbyaddr, _socket.gethostname

    def refuse(sentence):
        import errno
        raise NotReachable(errno.EACCES, sentence)

    def text(host):
        if isinstance(host, (bytes, bytearray)):
            host = bytes(host).decode('latin-1')
        return host.lower().rstrip('.') if isinstance(host, str) else host

    def packed(host):
        """The bytes of a numeric address, or None for a name."""
        for family in (socket.AF_INET, socket.AF_INET6):
            try:
                return _socket.inet_pton(family, host.partition('%')[0])
            except OSError:
                pass
        try:
            return _socket.inet_aton(host)
        except OSError:
            return None

    def is_local(address):
        if len(address) == 16:
            if address[:12] == b'\0' * 10 + b'\xff\xff':
                address = address[12:]
            else:
                return address in (b'\0' * 16, b'\0' * 15 + b'\1')
        return address[0] == 127 or address == b'\0' * 4

    emulator_packed, server_packed = packed(emulator_host), packed(server_host)
    metadata = [prefix + packed('100.100.100.200') for prefix in (b'', b'\0' * 10 + b'\xff\xff')]

    def is_server(address, port):
        """Whether it is the address that everybody else has for the emulator."""
        anywhere = not any(server_packed)
        return port in (server_port, str(server_port)) and (
            address == server_packed or anywhere and is_local(address))

    def in_cloud(host):
        return host == 'aliyuncs.com' or host.endswith(('.aliyuncs.com', '.fcapp.run'))

    def cloud_port(host, port):
        port = text(port)
        if port in (443, '443', 'https'):
            refuse('https://%s is not answered: TLS for real host names is not available yet, '
                   'use an endpoint that starts with http://' % host)
        if port in (80, '80', 'http', emulator_port, str(emulator_port), server_port, str(server_port)):
            return emulator_port
        if port in (None, 0, '0', ''):
            return 0
        return refuse('%s:%s is not answered: the emulator stands in for port 80 of this host only' % (host, port))

    def place(host, port):
        """Where a connection to `host` really goes, or an error that says why it goes nowhere."""
        name = text(host)
        if not isinstance(name, str) or not name:
            return host, port
        if in_cloud(name):
            return emulator_host, cloud_port(name, port)
        local_name = name == 'localhost' or name.endswith('.localhost')
        address = packed('127.0.0.1' if local_name else name)
        if address is not None and is_server(address, text(port)):
            return emulator_host, emulator_port
        if local_name:
            return 'localhost', port
        if address in metadata:
            refuse('a function has no metadata service: it has the credentials of its role, in its context')
        if allow_others or name == own_name().lower():
            return host, port
        if address is not None and (is_local(address) or address == emulator_packed):
            return host, port
        return refuse('%s is not part of the emulated cloud, and this function may reach no other host '
                      '(other hosts can be allowed when it is started)' % name)

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
        name = text(host)
        if isinstance(name, str) and packed(name) is None:
            host, port = place(host, port)
        return original_getaddrinfo(host, port, family, type, proto, flags)

    def address_of(sock, address):
        if sock.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple) or len(address) < 2:
            return address
        return place(address[0], address[1]) + address[2:]

    def guarded(name, position):
        original = getattr(_socket.socket, name)

        def method(self, *arguments):
            index = len(arguments) - 1 if position is None else position
            if 0 <= index < len(arguments):
                arguments = arguments[:index] + (address_of(self, arguments[index]),) + arguments[index + 1:]
            return original(self, *arguments)

        method.__name__ = name
        return method

    original_getaddrinfo = socket.getaddrinfo
    socket.getaddrinfo = getaddrinfo
    socket.gethostbyname = lambda host: resolve_name(place(host, None)[0])
    socket.gethostbyname_ex = lambda host: resolve_name_ex(place(host, None)[0])
    socket.gethostbyaddr = lambda host: resolve_address(place(host, None)[0])
    socket.socket.connect = guarded('connect', 0)
    socket.socket.connect_ex = guarded('connect_ex', 0)
    socket.socket.sendto = guarded('sendto', None)
    socket.socket.sendmsg = guarded('sendmsg', 3)


def prepare_children():
    """Programs that the handler starts inherit a proxy. It is put into the C environment only, so that it neither
    shows in os.environ nor sends this process's own requests through the proxy."""
    host = State.network['host']
    proxy = 'http://%s:%d' % ('[%s]' % host if ':' in host else host, State.network['port'])
    for name in ('http_proxy', 'https_proxy', 'all_proxy'):
        os.putenv(name, proxy)
        os.putenv(name.upper(), proxy)
    for name in ('no_proxy', 'NO_PROXY'):
        os.putenv(name, 'localhost,127.0.0.1,::1')
    os.putenv('PYTHONDONTWRITEBYTECODE', '1')


# ---- the life of the process ----------------------------------------------------------------------------------------

def terminate(_signal, frame):
    """The time is up: show what every thread is doing, and go."""
    import threading
    import traceback
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    lines = []
    for ident, stack in sys._current_frames().items():
        lines.append('Thread %s:\n' % names.get(ident, ident))
        top = frame if ident == threading.get_ident() else stack
        for entry in traceback.extract_stack(top):
            if os.path.dirname(entry[0]) != HOME:
                lines.append('  File "%s", line %s, in %s\n' % (shown(entry[0]), entry[1], entry[2]))
                lines.append('    %s\n' % (entry[3] or ''))
    write_all(2, ''.join(lines).encode('utf-8', 'backslashreplace'))
    os._exit(143)


def mind_children():
    """A process that the handler forks ends with SIGTERM like any other, also with one that comes while it begins: the
    interpreter forgets that, if it has a handler for it, and whoever joins the process then waits for ever."""
    if not hasattr(os, 'register_at_fork'):
        return
    masks = {}

    def hold():
        masks[get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def release():
        signal.pthread_sigmask(signal.SIG_SETMASK, masks.pop(get_ident()))

    def begin_anew():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        release()

    os.register_at_fork(before=hold, after_in_parent=release, after_in_child=begin_anew)


def close_descriptors():
    """Whatever slipped through to this process besides the standard three and the control channel."""
    for name in os.listdir('/proc/self/fd'):
        if int(name) > 2 and int(name) != State.control:
            try:
                os.close(int(name))
            except OSError:
                pass


def add_user_packages(folders):
    """Behind the standard library and before what is installed, where `site` would have put them."""
    missing = [folder for folder in dict.fromkeys(folders) if folder not in sys.path]
    installed = [at for at, folder in enumerate(sys.path) if os.path.basename(folder) == 'site-packages']
    at = installed[0] if installed else len(sys.path)
    sys.path[at:at] = missing


def begin(header):
    State.function = header['function']
    State.network = header['network']
    State.code = header['code']
    State.layers = header['layers']
    State.pycache = header['pycache']
    State.debug = header['debug']
    State.withheld = header['withheld']
    signal.signal(signal.SIGTERM, terminate)
    mind_children()
    sys.argv[:] = ['']
    if sys.path and sys.path[0] == HOME:
        del sys.path[0]
    add_user_packages(header['user_packages'])
    sys.path[:0] = [State.code] + header['search']
    sys.path_hooks.insert(0, code_finder)
    AfterImport({'logging': prepare_logging, 'socket': prepare_socket})
    prepare_children()


def run(request, event):
    """What the handler returns; for a request over HTTP status, headers and body; or None for the program of a stage, whose result nobody sees."""
    context = (ClassicContext if State.function['context'] == 'classic' else ReducedContext)(request)
    if request['kind'] == 'pass':
        find_handler(request['handler'])(context)
        return None
    if State.handler is None:
        State.handler = find_handler(State.function['handler'])
    if request['kind'] == 'http':
        return respond(State.handler, environment(request['http'], event, context))
    return State.handler(event, context)


def renew(credentials):
    """The keys in the environment are as fresh as those of the context."""
    for name, value in (
            ('ALIBABA_CLOUD_ACCESS_KEY_ID', credentials['access_key_id']),
            ('ALIBABA_CLOUD_ACCESS_KEY_SECRET', credentials['access_key_secret']),
            ('ALIBABA_CLOUD_SECURITY_TOKEN', credentials['security_token'])):
        if value and os.environ.get(name) != value:
            os.environ[name] = value


def wait_for_debugger():
    """Before the first request: the import of the handler's module can be debugged, too."""
    os.environ['PYDEVD_DISABLE_FILE_VALIDATION'] = '1'
    import debugpy
    debugpy.configure(subProcess=False)
    debugpy.listen(('127.0.0.1', State.debug))
    debugpy.wait_for_client()
    del os.environ['PYDEVD_DISABLE_FILE_VALIDATION']
    State.debug = None


def answer(request, event):
    """Runs the handler. Only `Exception` is caught: SystemExit ends the instance, as it does in the cloud."""
    State.request_id = request['request_id']
    if not State.withheld['environment']:
        renew(request['credentials'])
    if State.withheld['requests']:
        request['credentials'] = dict.fromkeys(request['credentials'], '')
    header = {'kind': 'result', 'id': State.request_id}
    try:
        if State.debug is not None:
            wait_for_debugger()
        result = run(request, event)
        if request['kind'] == 'http':
            header['kind'] = 'answer'
            header['status'], header['headers'], body = result
        else:
            header['form'], body = to_body(result)
    except Exception as error:
        problem = failure(error)
        log_failure(problem)
        header = {'kind': 'result', 'id': State.request_id, 'form': 'error'}
        body = json.dumps(problem, indent=4, sort_keys=True).encode('utf-8')
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    send(header, body)


def main():
    State.control = int(os.environ.pop('LOCALYUN_CONTROL'))
    os.set_inheritable(State.control, False)
    close_descriptors()
    frame = receive()
    if frame is None:
        return
    begin(frame[0])
    send({'kind': 'ready'})
    while True:
        frame = receive()
        if frame is None:
            return
        answer(*frame)
