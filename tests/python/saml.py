"""A provider of SAML: its metadata, and responses whose assertions a library for XML signatures signs."""
import base64
import datetime
import time
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import CanonicalizationMethod, SignatureReference, XMLSigner, methods

from localyun import ACCOUNT

PROVIDER = f'acs:ram::{ACCOUNT}:saml-provider/company'
ENTITY = 'https://idp.example.com/saml'
RECIPIENT = 'https://signin.aliyun.com/saml-role/sso'
AUDIENCE = 'urn:alibaba:cloudcomputing'
ATTRIBUTES = 'https://www.aliyun.com/SAML-Role/Attributes/'
SAML = 'urn:oasis:names:tc:SAML:2.0:'
SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#'
EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0


class Signer(XMLSigner):
    def check_deprecated_methods(self):
        """The library makes no more signatures with SHA-1, which providers still do."""

    def _build_transforms_for_reference(self, *, transforms_node, reference, **more):
        """It heeds the prefixes of an enveloped signature, and forgets to say so."""
        super()._build_transforms_for_reference(transforms_node=transforms_node, reference=reference, **more)
        if reference.inclusive_ns_prefixes:
            etree.SubElement(transforms_node[-1], f'{{{EXCLUSIVE.value}}}InclusiveNamespaces', nsmap={'ec': EXCLUSIVE.value},
                             PrefixList=' '.join(reference.inclusive_ns_prefixes))


def instant(seconds):
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(time.time() + seconds)) + '.000Z'


def encode(xml):
    return base64.b64encode(xml if isinstance(xml, bytes) else xml.encode()).decode()


class Idp:
    def __init__(self, bits=2048):
        self.key = rsa.generate_private_key(65537, bits)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'idp')])
        now = datetime.datetime(2020, 1, 1)
        self.certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
            .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
            .sign(self.key, hashes.SHA256()))

    def metadata(self, entity=ENTITY, more='', use='use="signing"'):
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return f'''<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="{SAML}metadata" entityID="{entity}" {more}>
  <md:IDPSSODescriptor protocolSupportEnumeration="{SAML}protocol">
    <md:KeyDescriptor {use}>
      <ds:KeyInfo xmlns:ds="{SIGNATURE}"><ds:X509Data><ds:X509Certificate>
{base64.encodebytes(der).decode()}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
    </md:KeyDescriptor>
    <md:SingleSignOnService Binding="{SAML}bindings:HTTP-POST" Location="{entity}/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>'''

    def response(self, roles, sign='assertion', algorithm='rsa-sha256', digest='sha256', prefixes=None, **fields):
        """A response in XML. `sign` says what is signed: assertion, both, response or nothing."""
        root = etree.fromstring(response(roles, **fields).encode())
        assertion = root.find(f'{{{SAML}assertion}}Assertion')
        if sign in ('assertion', 'both'):
            root.replace(assertion, self.signed(assertion, algorithm, digest, prefixes))
        if sign in ('response', 'both'):
            root = self.signed(root, algorithm, digest, prefixes)
        return etree.tostring(root)

    def signed(self, element, algorithm='rsa-sha256', digest='sha256', prefixes=None):
        signer = Signer(method=methods.enveloped, signature_algorithm=algorithm, digest_algorithm=digest, c14n_algorithm=EXCLUSIVE)
        reference = SignatureReference(URI='#' + element.get('ID'), c14n_method=EXCLUSIVE, inclusive_ns_prefixes=prefixes)
        # Alone, an element has lost nothing that its signature covers.
        place = etree.SubElement(element, f'{{{SIGNATURE}}}Signature', Id='placeholder', nsmap={'ds': SIGNATURE})
        element.remove(place)
        element.insert(1, place)
        return signer.sign(element, key=self.key, cert=[self.certificate], reference_uri=[reference])


def response(roles, session='anna@example.com', issuer=ENTITY, recipient=RECIPIENT, audience=AUDIENCE, name='anna', made=0,
             begins=-60, ends=300, subject_ends=300, name_format=f'{SAML}nameid-format:persistent',
             status=f'{SAML}status:Success', duration=None, conditions='', attributes=''):
    values = ''.join(f'<saml:AttributeValue xsi:type="xs:string">{role}</saml:AttributeValue>' for role in roles)
    more = f'<saml:Attribute Name="{ATTRIBUTES}SessionDuration"><saml:AttributeValue>{duration}</saml:AttributeValue></saml:Attribute>'
    return f'''<samlp:Response xmlns:samlp="{SAML}protocol" ID="_{uuid.uuid4()}" Version="2.0" IssueInstant="{instant(made)}"
 Destination="{recipient}">
  <saml:Issuer xmlns:saml="{SAML}assertion">{issuer}</saml:Issuer>
  <samlp:Status><samlp:StatusCode Value="{status}"/></samlp:Status>
  <saml:Assertion xmlns:saml="{SAML}assertion" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="_{uuid.uuid4()}" Version="2.0" IssueInstant="{instant(made)}">
    <saml:Issuer>{issuer}</saml:Issuer>
    <saml:Subject>
      <saml:NameID Format="{name_format}">{name}</saml:NameID>
      <saml:SubjectConfirmation Method="{SAML}cm:bearer">
        <saml:SubjectConfirmationData NotOnOrAfter="{instant(subject_ends)}" Recipient="{recipient}"/>
      </saml:SubjectConfirmation>
    </saml:Subject>
    <saml:Conditions NotBefore="{instant(begins)}" NotOnOrAfter="{instant(ends)}">
      <saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>{conditions}
    </saml:Conditions>
    <saml:AttributeStatement>
      <saml:Attribute Name="{ATTRIBUTES}Role">{values}</saml:Attribute>
      <saml:Attribute Name="{ATTRIBUTES}RoleSessionName"><saml:AttributeValue>{session}</saml:AttributeValue></saml:Attribute>
      {more if duration else ''}{attributes}
    </saml:AttributeStatement>
  </saml:Assertion>
</samlp:Response>'''
