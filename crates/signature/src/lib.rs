//! Signs and verifies every request signature of Alibaba Cloud that LocalYun accepts.
