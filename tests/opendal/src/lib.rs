//! LocalYun as Apache OpenDAL's service `oss` sees it; everything is in `tests/`.
